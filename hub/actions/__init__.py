"""Requests (démarches): what a family asks for in a thread, and an agent accepts or refuses."""
