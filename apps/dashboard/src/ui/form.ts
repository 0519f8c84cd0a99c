import type { SubmitEvent } from 'react';

/** What a form holds when it is sent; the browser itself sends nothing. */
export function formDataOf(event: SubmitEvent<HTMLFormElement>): FormData {
  event.preventDefault();
  return new FormData(event.currentTarget);
}

/** The text of a form's field; empty when there is no such field. */
export function textField(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
