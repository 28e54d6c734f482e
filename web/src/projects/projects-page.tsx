import { Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { useTitle } from '../app/use-title.ts';
import { HomeFrame } from '../rooms/home-frame.tsx';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import { ProjectItem } from './project-item.tsx';
import { ProjectsStore } from './projects-store.ts';
import './projects.css';

/** The projects of somebody who is signed in, with their API keys. */
export function ProjectsPage() {
  useTitle('Projects');
  return (
    <HomeFrame>
      <Projects />
    </HomeFrame>
  );
}

function Projects() {
  const account = useAccount();
  const [projects] = useState(() => new ProjectsStore(account));
  const state = useStore(projects.list.state);
  useEffect(() => {
    void projects.list.load();
  }, [projects]);

  return (
    <main className="landing__home">
      <section className="card" aria-labelledby="new-project">
        <h1 id="new-project" className="landing__heading">
          New project
        </h1>
        <p className="projects__hint">
          A project is an application of yours with rooms and people of its own. Its backend signs
          tokens and leads meetings with API keys.
        </p>
        <NewProjectForm projects={projects} />
      </section>
      <section aria-labelledby="projects">
        <h2 id="projects" className="landing__heading">
          Projects
        </h2>
        {state.status === 'loading' && <p role="status">Loading your projects…</p>}
        {state.status === 'ready' && state.items.length === 0 && (
          <p className="landing__hint">None yet. Make one to put meetings into your application.</p>
        )}
        <ul className="projects">
          {state.items.map((project) => (
            <ProjectItem key={project.id} projects={projects} project={project} />
          ))}
        </ul>
        <ListFoot list={projects.list} state={state} />
      </section>
    </main>
  );
}

function NewProjectForm({ projects }: { projects: ProjectsStore }) {
  const [name, setName] = useState('');
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await projects.create(textOf(form, 'name').trim());
    setName('');
  });
  return (
    <form className="form" onSubmit={submit} aria-label="New project">
      <TextField
        label="Name"
        name="name"
        required
        pattern=".*\S.*"
        maxLength={255}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {failure !== null && <FailureAlert failure={failure} />}
      <Button type="submit" look="primary" disabled={isBusy}>
        <Plus size={18} aria-hidden="true" /> Create project
      </Button>
    </form>
  );
}
