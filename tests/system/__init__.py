"""The whole of it over real sockets and in real processes, held to what the emulated phones know is true."""
