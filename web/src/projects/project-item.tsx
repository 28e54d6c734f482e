import { KeyRound, Pencil, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { textOfDate } from '../app/moments.ts';
import { useStore } from '../app/store.ts';
import { useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { EditProjectDialog } from './edit-project-dialog.tsx';
import { KeyItem } from './key-item.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';
import type { Project } from './project-types.ts';
import type { ProjectsStore } from './projects-store.ts';

/** A project: what it is called, whose tokens it takes, and its keys. */
export function ProjectItem(props: { projects: ProjectsStore; project: Project }) {
  const { projects, project } = props;
  const [keys] = useState(() => projects.keysOf(project.id));
  const state = useStore(keys.state);
  const [dialog, setDialog] = useState<'edit' | 'key' | 'delete' | null>(null);
  const titleId = `project-${project.id}`;
  useEffect(() => {
    void keys.load();
  }, [keys]);

  return (
    <li className="card project" aria-labelledby={titleId}>
      <header className="project__head">
        <h3 className="project__name" id={titleId} dir="auto">
          {project.name}
        </h3>
        <span className="project__facts">Since {textOfDate(project.createdAt)}</span>
        <Button
          look="quiet"
          size="small"
          aria-label={`Edit ${project.name}`}
          title="Edit"
          onClick={() => setDialog('edit')}
        >
          <Pencil size={16} aria-hidden="true" />
        </Button>
        <Button
          look="quiet"
          size="small"
          aria-label={`Delete ${project.name}`}
          title="Delete"
          onClick={() => setDialog('delete')}
        >
          <Trash2 size={16} aria-hidden="true" />
        </Button>
      </header>
      {project.issuer !== null && (
        <dl className="project__issuer">
          <dt>Issuer of its own tokens</dt>
          <dd>
            <code>{project.issuer}</code>
          </dd>
          <dt>JWKS URL</dt>
          <dd>
            <code>{project.jwksUrl}</code>
          </dd>
        </dl>
      )}
      {state.failure !== null && (
        <>
          <FailureAlert failure={state.failure} />
          <Button look="quiet" size="small" onClick={() => void keys.load()}>
            Try again
          </Button>
        </>
      )}
      {state.keys?.length === 0 && <p className="projects__hint">No API keys yet.</p>}
      {state.keys !== null && state.keys.length > 0 && (
        <ul className="keys" aria-label={`API keys of ${project.name}`}>
          {state.keys.map((key) => (
            <KeyItem key={key.id} keys={keys} apiKey={key} />
          ))}
        </ul>
      )}
      <Button look="quiet" size="small" onClick={() => setDialog('key')}>
        <KeyRound size={16} aria-hidden="true" /> New API key
        <span className="visually-hidden"> for {project.name}</span>
      </Button>
      {dialog === 'edit' && (
        <EditProjectDialog projects={projects} project={project} onClose={() => setDialog(null)} />
      )}
      {dialog === 'key' && <NewKeyDialog keys={keys} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <DeleteDialog projects={projects} project={project} onClose={() => setDialog(null)} />
      )}
    </li>
  );
}

function DeleteDialog(props: { projects: ProjectsStore; project: Project; onClose: () => void }) {
  const { projects, project, onClose } = props;
  const { isBusy, failure, submit } = useSubmit(() => projects.remove(project.id));
  return (
    <Dialog title="Delete this project?" onClose={onClose}>
      <form onSubmit={submit} className="form">
        <p>
          Its meetings end at once. The rooms, people, messages and API keys of{' '}
          <bdi className="projects__strong">{project.name}</bdi> are deleted, for good.
        </p>
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            Delete project
          </Button>
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
