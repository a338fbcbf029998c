export { type Deliver, eventJson, WebhookDispatcher } from './dispatcher.ts'
export type { Webhook } from './model.ts'
export { createWebhookService, type WebhookService } from './webhooks.ts'
