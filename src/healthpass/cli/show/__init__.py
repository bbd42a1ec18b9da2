"""What the commands draw for people. Nothing here reads a file or decides anything."""
