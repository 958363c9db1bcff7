"""Recordings as another wearer, sensor, mounting, or camera would have made them.

Each function takes a recording and gives one of the same streams: the annotations keep their labels, and
their times unless the tempo changes. What a recording lacks is left alone: a turn of the sensor changes
nothing in a recording without one.
"""
