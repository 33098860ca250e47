"""How fast the hub is, as ratios to what bare libraries do with the same work, in one run on one machine.

Both sides of a measure run in processes of their own, the load comes from another, and they take turns round by round,
so that whatever else the machine does falls on both. Figures are medians of the rounds.
"""
