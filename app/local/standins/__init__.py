"""Stand-ins for the outside providers: one small web application that speaks their real wire protocols.

It runs as a process of its own and keeps its state in an SQLite file, so it outlives restarts of the portal and
of itself. Nothing here is shared with `app.integrations`: a stand-in that reused our clients' code would agree
with their mistakes.
"""
