import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from './button.tsx';
import './menu.css';

/** One thing that a menu offers. */
export interface MenuItem {
  readonly name: string;
  readonly Icon: LucideIcon;
  /** Set apart from the others. */
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** Of the button, and of the menu. */
  readonly name: string;
  readonly items: readonly MenuItem[];
  /** What the button shows. */
  readonly children: ReactNode;
}

const GAP = 4;

/** A button that opens a menu, which arrow keys walk through. On a phone it comes up from below. */
export function Menu({ name, items, children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <>
      <Button
        ref={button}
        look="quiet"
        size="small"
        className="menu__button"
        aria-label={name}
        title={name}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': id } : {})}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </Button>
      {isOpen && (
        <MenuList
          id={id}
          name={name}
          items={items}
          getButton={() => button.current}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface MenuListProps {
  readonly id: string;
  readonly name: string;
  readonly items: readonly MenuItem[];
  readonly getButton: () => HTMLButtonElement | null;
  readonly onClose: () => void;
}

function MenuList({ id, name, items, getButton, onClose }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: opens once, where the button is then.
  useEffect(() => {
    const element = list.current;
    const button = getButton();
    if (element === null || button === null) return;
    element.showPopover();
    placeBeside(element, button.getBoundingClientRect());
    element.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    function closeOutside({ target }: PointerEvent) {
      // The button closes it by itself.
      if (!(target instanceof Node) || element?.contains(target) || button?.contains(target))
        return;
      onClose();
    }
    document.addEventListener('pointerdown', closeOutside);
    return () => document.removeEventListener('pointerdown', closeOutside);
  }, []);

  function close() {
    getButton()?.focus();
    onClose();
  }

  function move(event: KeyboardEvent) {
    if (event.key === 'Escape' || event.key === 'Tab') {
      // What is around it stays open.
      event.stopPropagation();
      event.preventDefault();
      close();
      return;
    }
    const choices = [...(list.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = choices.findIndex((one) => one.matches(':focus'));
    const next = nextOf(event.key, at, choices.length);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    choices[next]?.focus();
  }

  return (
    <div
      ref={list}
      id={id}
      popover="manual"
      role="menu"
      tabIndex={-1}
      aria-label={name}
      className="menu"
      onKeyDown={move}
    >
      {items.map(({ name: item, Icon, isDangerous, onChoose }) => (
        <button
          key={item}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={isDangerous ? 'menu__item menu__item--dangerous' : 'menu__item'}
          onClick={() => {
            close();
            onChoose();
          }}
        >
          <Icon size={18} aria-hidden="true" /> {item}
        </button>
      ))}
    </div>
  );
}

/** Which item a key leads to; null for keys that lead nowhere. */
function nextOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Below the button, or above it where there is no room, and never outside of the window. */
function placeBeside(element: HTMLElement, button: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const isRoomBelow = button.bottom + GAP + height <= window.innerHeight;
  const top = isRoomBelow ? button.bottom + GAP : Math.max(GAP, button.top - GAP - height);
  const left = Math.min(Math.max(GAP, button.right - width), window.innerWidth - width - GAP);
  element.style.setProperty('--menu-top', `${top}px`);
  element.style.setProperty('--menu-left', `${left}px`);
}
