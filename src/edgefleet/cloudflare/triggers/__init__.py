"""What leads requests and schedules to a Worker: zones, hosts, Cron Triggers."""
