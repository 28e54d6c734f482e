import { Bug } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { MessagePage } from '../ui/message-page.tsx';
import { FAILURE_TEXTS } from './failure-texts.ts';

/** Shows a page that says so, where a fault of the app would leave an empty one. */
export class FaultBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override readonly state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error('A part of the page failed.', error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const { title, text } = FAILURE_TEXTS.unexpected;
    return (
      <MessagePage code="unexpected" icon={<Bug size={32} />} title={title} text={text}>
        <Button look="primary" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </MessagePage>
    );
  }
}
