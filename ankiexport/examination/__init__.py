"""Question files one by one: each stands for itself.

So they can be examined in any order, in several processes, and what was found can be kept.
"""
