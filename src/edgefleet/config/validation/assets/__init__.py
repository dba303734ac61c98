"""Rules for static assets: the folder, its files, and the files that say how they are served."""
