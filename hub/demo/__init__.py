"""The sample town of `hub demo`: people, a mail host on the loopback, demo mailboxes and their pages."""
