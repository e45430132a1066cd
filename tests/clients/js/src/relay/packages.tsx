/** Components as an application has them: a grid's packages, a page at a time. */
import { graphql, useLazyLoadQuery, usePaginationFragment } from "react-relay";
import type { packagesGridQuery } from "./__generated__/packagesGridQuery.graphql";
import type { packagesRefetchQuery } from "./__generated__/packagesRefetchQuery.graphql";
import type { packages_grid$key } from "./__generated__/packages_grid.graphql";

/** What the test presses, instead of buttons. */
export type Controls = ReturnType<
  typeof usePaginationFragment<packagesRefetchQuery, packages_grid$key>
>;

export function GridPage({ slug, controls }: { slug: string; controls: (now: Controls) => void }) {
  const { grid } = useLazyLoadQuery<packagesGridQuery>(
    graphql`
      query packagesGridQuery($slug: String!) {
        grid(slug: $slug) {
          title
          ...packages_grid
        }
      }
    `,
    { slug },
  );
  if (!grid) return <p>There is no such grid.</p>;
  return (
    <>
      <h1>{grid.title}</h1>
      <Packages grid={grid} controls={controls} />
    </>
  );
}

function Packages(props: { grid: packages_grid$key; controls: (now: Controls) => void }) {
  const pagination = usePaginationFragment<packagesRefetchQuery, packages_grid$key>(
    graphql`
      fragment packages_grid on Grid
      @refetchable(queryName: "packagesRefetchQuery")
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 4 }
        after: { type: "String" }
        filter: { type: "PackageFilter" }
        orderBy: { type: "[PackageOrder!]" }
      ) {
        packages(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
          @connection(key: "packages_grid_packages", filters: ["filter", "orderBy"]) {
          edges {
            node {
              id
              title
              status
              repoWatchers
            }
            cells {
              verdict
            }
          }
        }
      }
    `,
    props.grid,
  );
  props.controls(pagination);
  return (
    <ul>
      {pagination.data.packages.edges.map(({ node, cells }) => (
        <li key={node.id} data-cells={cells.length} data-status={node.status}>
          {node.title}
        </li>
      ))}
    </ul>
  );
}
