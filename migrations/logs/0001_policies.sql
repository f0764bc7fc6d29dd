ALTER TABLE `requests` ADD `cache_status` text;--> statement-breakpoint
ALTER TABLE `requests` ADD `saved_ms` integer;--> statement-breakpoint
ALTER TABLE `requests` ADD `saved_nano` integer;--> statement-breakpoint
ALTER TABLE `requests` ADD `attempts` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `requests` ADD `fallback_index` integer;