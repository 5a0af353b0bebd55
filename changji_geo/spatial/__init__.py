"""Join kernels: frames in, new frames out; any CRS, never a missing one; areas ellipsoidal, distances geodesic."""
