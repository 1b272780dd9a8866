"""A worker of procrastinate that misses no notification."""

from procrastinate.jobs import Notification
from procrastinate.worker import Worker


class PromptWorker(Worker):
    """Looks once more where it was told of work while it looked.

    The worker of procrastinate forgets what it is told between the moment at which its query sees
    the queue and the moment at which it has read the answer: about one order in fifty then waits
    for the next poll.
    """

    _was_told = False

    async def work(self) -> None:
        """Work until cancelled; steps that run then are finished or handed back."""
        await self.run()  # type: ignore[no-untyped-call]

    async def _handle_notification(self, *, channel: str, notification: Notification) -> None:
        self._was_told = True
        await super()._handle_notification(channel=channel, notification=notification)

    async def _fetch_and_process_jobs(self) -> None:
        self._was_told = True
        while self._was_told and not self._stop_event.is_set():
            self._was_told = False
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]
