"""History run again through the pure core: what was recorded, the run on a virtual clock, its score.

Pure like the core, on which alone it stands: no clock, no chance, no loop. The same recording and the same
settings give the same answer.
"""
