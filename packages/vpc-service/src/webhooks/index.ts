export { type Deliver, eventJson, signatureHeader, WebhookDispatcher } from './dispatcher.ts'
export type { Webhook } from './model.ts'
export { createWebhookService, type WebhookService } from './webhooks.ts'
