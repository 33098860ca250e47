"""The sample town of `hub demo`: people, a mail host on the loopback, demo mailboxes and their pages."""

PRESET = "saint-michel"  # the portal it starts from unless another is named
