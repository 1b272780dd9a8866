"""Stand-ins for the world around collega: simulators of peers, fakes of ports, synthetic studies.

Nothing in here is meant for care. The simulated PACSs are named simulators wherever they show.
"""
