"""The driver contract: of ours, the only package a driver may import besides ``model`` and ``errors``.

A driver is vendor knowledge without policy: which requests, in which order, and what the bytes mean. The
core owns sockets, credentials, time-outs, retries, concurrency, logging and redaction.
"""
