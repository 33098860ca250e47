"""Real servers for tests: Debian's daemons, each with its own folder, ports and configuration."""
