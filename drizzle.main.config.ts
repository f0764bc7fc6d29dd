import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  casing: 'snake_case',
  schema: ['./src/store/schema/accounts.ts', './src/store/schema/rate-limit-rules.ts'],
  out: './migrations/main',
})
