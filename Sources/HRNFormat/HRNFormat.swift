// The room's first file; see the design of each room in its sources.
