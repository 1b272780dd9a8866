"""Every link of a site, followed as a browser follows it: pages of one kind a few times, studies each."""

import re
import urllib.error
import urllib.request
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

from collega.web.pages import FORM_TOKEN

MOST = 3
# What differs between pages of one kind: keys, UIDs, numbers.
NAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{32}\b|\b\d[\d.]{5,}\b|\b\d+\b")
LINK = re.compile(r'\b(?:href|src|data-rows)="([^"#]+)')


def follow(root: str) -> tuple[int, list[str]]:
    """Follow the links of a site from its first page; gives how many were, and what is wrong with which."""
    kinds: Counter[str] = Counter()
    seen: set[str] = set()
    waiting, wrong = deque([("/", "")]), list[str]()
    while waiting:
        path, origin = waiting.popleft()
        kind = NAME.sub("#", path)
        is_enough = kinds[kind] >= MOST and kind != "/studies/#"
        if path in seen or is_enough or path.startswith("/viewer/") or re.search(r"[?&](lang|theme)=", path):
            continue
        seen.add(path)
        kinds[kind] += 1
        request = urllib.request.Request(root + path, headers={"Accept": "text/html"})  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                is_page, text = "html" in answer.headers["content-type"], answer.read()
        except urllib.error.HTTPError as error:
            wrong.append(f"{error.code} {path}, linked on {origin}")
            continue
        if not is_page:
            continue
        if str(FORM_TOKEN) in text.decode():
            wrong.append(f"{path}: its forms would be refused")
        for link in LINK.findall(text.decode()):
            place = urlsplit(urljoin(root + path, link.replace("&amp;", "&")))
            if f"{place.scheme}://{place.netloc}" == root:
                waiting.append((place.path + (f"?{place.query}" if place.query else ""), path))
    return len(seen), wrong
