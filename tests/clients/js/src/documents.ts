/** What the tests ask with graphql-codegen's documents, for themselves and in Apollo and urql. */
import { graphql } from "./__generated__";

export const PackagePage = graphql(`
  query PackagePage($slug: String!) {
    package(slug: $slug) {
      id
      ...PackageFacts
      category {
        id
        title
        slug
      }
      grids(first: 5) {
        nodes {
          id
          title
          packages(first: 3) {
            nodes {
              id
              title
            }
          }
        }
      }
    }
  }
`);

export const PackageFacts = graphql(`
  fragment PackageFacts on Package {
    title
    repoUrl
    repoWatchers
    pypiDownloads
    lastReleased
    status
    supportsPython3
    commitsOver52
    scoreParts {
      stars
      inactivity
    }
  }
`);

export const PackageByKey = graphql(`
  query PackageByKey($key: PackageKey!) {
    packageBy(key: $key) {
      id
      slug
    }
  }
`);

export const GridTable = graphql(`
  query GridTable($slug: String!) {
    grid(slug: $slug) {
      id
      title
      features(first: 100) {
        nodes {
          id
          title
        }
      }
      packages(first: 100, orderBy: [{ field: LAST_RELEASE, direction: DESC }]) {
        edges {
          created
          node {
            id
            title
            lastReleased
          }
          cells {
            feature {
              id
              title
            }
            text
            verdict
            strength
            remark
            element {
              id
              number
            }
          }
        }
      }
    }
  }
`);

export const PackageList = graphql(`
  query PackageList(
    $first: Int
    $after: String
    $filter: PackageFilter
    $orderBy: [PackageOrder!]
  ) {
    packages(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      edges {
        cursor
        node {
          id
          title
          lastReleaseYear
          repoWatchers
          pypiLicense
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

export const GridPage = graphql(`
  query GridPage($slug: String!, $first: Int, $after: String, $filter: PackageFilter) {
    grid(slug: $slug) {
      id
      title
      packages(first: $first, after: $after, filter: $filter) {
        totalCount
        edges {
          cursor
          cells {
            text
            verdict
          }
          node {
            id
            title
            repoWatchers
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
`);

/** Of a package's fields, some that `PackageTitle` has, and one that `GridPage` has. */
export const PackageWatchers = graphql(`
  query PackageWatchers($slug: String!) {
    package(slug: $slug) {
      id
      title
      slug
      repoWatchers
    }
  }
`);

export const PackageTitle = graphql(`
  query PackageTitle($slug: String!) {
    package(slug: $slug) {
      id
      title
      slug
    }
  }
`);

export const Totals = graphql(`
  query Totals($filter: PackageFilter) {
    packages(first: 0, filter: $filter) {
      totalCount
      facets {
        statuses {
          status
          count
        }
        totals {
          packages
          watchers
          downloads
        }
      }
    }
  }
`);

export const Search = graphql(`
  query Search($query: String!, $kinds: [SearchKind!], $first: Int, $after: String) {
    search(query: $query, kinds: $kinds, first: $first, after: $after) {
      totalCount
      edges {
        match
        highlights {
          field
          parts {
            text
            matched
          }
        }
        node {
          __typename
          id
          title
          ... on Package {
            repoWatchers
          }
          ... on Grid {
            featuresCount
          }
          ... on Category {
            titlePlural
          }
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

export const Nodes = graphql(`
  query Nodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on SearchResult {
        title
      }
    }
  }
`);

export const NodeById = graphql(`
  query NodeById($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on SearchResult {
        title
      }
    }
  }
`);
