CREATE TABLE `rate_limit_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`org_id` text NOT NULL,
	`name` text NOT NULL,
	`quota` real NOT NULL,
	`window_seconds` integer NOT NULL,
	`unit` text NOT NULL,
	`segment` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `rate_limit_rules_by_org` ON `rate_limit_rules` (`org_id`);