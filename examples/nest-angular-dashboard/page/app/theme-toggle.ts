import { ChangeDetectionStrategy, Component, effect, signal } from '@angular/core';

const KEY = 'theme';

/** Light or dark: as the system has it, until somebody chooses. */
@Component({
  selector: 'app-theme-toggle',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<button type="button" [attr.aria-pressed]="dark()" (click)="toggle()">Dark</button>`,
  styles: `
    button[aria-pressed='true'] {
      border-color: var(--accent);
      color: var(--accent);
    }
  `,
})
export class ThemeToggle {
  readonly #chosen = localStorage.getItem(KEY);
  protected readonly dark = signal(
    this.#chosen === null ? matchMedia('(prefers-color-scheme: dark)').matches : this.#chosen === 'dark',
  );

  constructor() {
    if (this.#chosen !== null) this.#show(this.#chosen);
    const system = matchMedia('(prefers-color-scheme: dark)');
    effect((onCleanup) => {
      const follow = ({ matches }: MediaQueryListEvent): void => {
        if (localStorage.getItem(KEY) === null) this.dark.set(matches);
      };
      system.addEventListener('change', follow);
      onCleanup(() => system.removeEventListener('change', follow));
    });
  }

  protected toggle(): void {
    this.dark.update((dark) => !dark);
    const theme = this.dark() ? 'dark' : 'light';
    localStorage.setItem(KEY, theme);
    this.#show(theme);
  }

  #show(theme: string): void {
    document.documentElement.dataset['theme'] = theme;
  }
}
