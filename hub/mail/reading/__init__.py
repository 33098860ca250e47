"""Pure workshop behind `hub.mail.parse` and `hub.mail.reply`: bytes in, plain values out.

Nothing here awaits, opens, looks at a clock or raises on what a stranger wrote: damage is named in `defects`.
"""
