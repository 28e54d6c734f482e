/** The SDK with what leads meetings, for pages without an application. */
export * from '../../../client-sdk/src/index.ts';
export * from '../../../client-sdk/src/moderation/index.ts';
