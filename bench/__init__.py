"""`make bench`: a scratch database with N customers, and how long every page takes on it, as ratios to a bare page."""
