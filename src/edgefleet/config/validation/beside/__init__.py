"""Rules for what stands beside an upload: D1 migrations, queue consumers, workflows."""
