import { useState } from 'react';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import type { Project } from './project-types.ts';
import type { ProjectsStore } from './projects-store.ts';

interface EditProjectDialogProps {
  readonly projects: ProjectsStore;
  readonly project: Project;
  readonly onClose: () => void;
}

/** Changes what a project is called, and where it publishes the keys of its own tokens. */
export function EditProjectDialog({ projects, project, onClose }: EditProjectDialogProps) {
  const [issuer, setIssuer] = useState(project.issuer ?? '');
  const [jwksUrl, setJwksUrl] = useState(project.jwksUrl ?? '');
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await projects.update(project.id, {
      name: textOf(form, 'name').trim(),
      issuer: issuer.trim() || null,
      jwksUrl: jwksUrl.trim() || null,
    });
    onClose();
  });
  // One is of no use without the other.
  const hasKeySet = (issuer + jwksUrl).trim() !== '';
  return (
    <Dialog title="Edit project" onClose={onClose}>
      <form className="form" onSubmit={submit} aria-label="Edit project">
        <TextField
          label="Name"
          name="name"
          required
          pattern=".*\S.*"
          maxLength={255}
          autoComplete="off"
          defaultValue={project.name}
        />
        <p className="projects__hint">
          A backend that signs with a key pair of its own needs no API key for it. Leave both empty
          if yours signs with API keys.
        </p>
        <TextField
          label="Issuer"
          name="issuer"
          required={hasKeySet}
          maxLength={255}
          autoComplete="off"
          spellCheck={false}
          hint="What its tokens have as iss."
          value={issuer}
          onChange={(event) => setIssuer(event.target.value)}
        />
        <TextField
          label="JWKS URL"
          name="jwksUrl"
          type="url"
          required={hasKeySet}
          maxLength={2_048}
          autoComplete="off"
          spellCheck={false}
          hint="Where its public keys are, beginning with https://."
          value={jwksUrl}
          onChange={(event) => setJwksUrl(event.target.value)}
        />
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="primary" disabled={isBusy}>
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Leave it as it is
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
