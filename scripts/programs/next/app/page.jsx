export const dynamic = 'force-dynamic';

export default function Page() {
  return <h1>{`Hello World from process ${process.pid}`}</h1>;
}
