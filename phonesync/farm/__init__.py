"""Emulated phones over a simulated office: the demo, the test bed, the sizing tool."""
