export type { Notification, NotificationPage, NotificationType } from '@balai/protocol';
export {
  type ConnectNotificationsOptions,
  connectNotifications,
  type ListNotificationsOptions,
  Notifications,
  NotificationsEvent,
  type NotificationsEventCallbacks,
} from './notifications.ts';
