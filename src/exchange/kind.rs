//! What a directory's files hold, and what they are called.

/// A kind of records, which has a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Categories,
    Grids,
    Packages,
    Versions,
    Features,
    Elements,
}

impl Kind {
    /// All of them; what others link to comes first.
    pub const ALL: [Self; 6] = [
        Self::Categories,
        Self::Grids,
        Self::Packages,
        Self::Versions,
        Self::Features,
        Self::Elements,
    ];

    /// Its name, in files and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Grids => "grids",
            Self::Packages => "packages",
            Self::Versions => "versions",
            Self::Features => "features",
            Self::Elements => "elements",
        }
    }

    /// What its file is called.
    pub fn file(self, format: Format) -> String {
        format!("{}.{}", self.name(), format.extension())
    }
}

/// How the records of a file are put side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// A JSON list.
    #[default]
    Json,
    /// JSON lines.
    JsonLines,
}

impl Format {
    /// How the files' names end.
    fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Json => Self::JsonLines,
            Self::JsonLines => Self::Json,
        }
    }
}
