//! Licences, and the SPDX identifiers that they are known by.

use spdx::{Expression, ParseMode, exception_id, identifiers, license_id};

/// What the Python package index's classifiers begin with (<https://pypi.org/classifiers/>).
const CLASSIFIERS: [&str; 2] = ["License :: OSI Approved :: ", "License :: "];

/// Names that mean one licence, beside SPDX's own: classifiers, and what authors write. Names of several licences ("BSD License", "Apache Software License",
/// "GPL") are missing on purpose.
const NAMES: &[(&str, &str)] = &[
    ("2-Clause BSD License", "BSD-2-Clause"),
    ("3-Clause BSD License", "BSD-3-Clause"),
    ("AGPLv3", "AGPL-3.0-only"),
    ("AGPLv3+", "AGPL-3.0-or-later"),
    ("Apache 2", "Apache-2.0"),
    ("Apache 2.0", "Apache-2.0"),
    ("Apache License Version 2.0", "Apache-2.0"),
    ("Apache License, Version 2.0", "Apache-2.0"),
    ("Apache-2", "Apache-2.0"),
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    ("BSD 2-Clause", "BSD-2-Clause"),
    ("BSD 2-Clause License", "BSD-2-Clause"),
    ("BSD 3-Clause", "BSD-3-Clause"),
    ("BSD 3-Clause License", "BSD-3-Clause"),
    ("BSD-2", "BSD-2-Clause"),
    ("BSD-3", "BSD-3-Clause"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("CeCILL-B Free Software License Agreement (CECILL-B)", "CECILL-B"),
    ("CeCILL-C Free Software License Agreement (CECILL-C)", "CECILL-C"),
    ("Eclipse Public License 1.0 (EPL-1.0)", "EPL-1.0"),
    ("Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"),
    ("European Union Public Licence 1.0 (EUPL 1.0)", "EUPL-1.0"),
    ("European Union Public Licence 1.1 (EUPL 1.1)", "EUPL-1.1"),
    ("European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 (AGPLv3)", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ("GNU General Public License v2", "GPL-2.0-only"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3", "GPL-3.0-only"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
    ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
    ("GNU Lesser General Public License v3", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
    ("GPL v2", "GPL-2.0-only"),
    ("GPL v3", "GPL-3.0-only"),
    ("GPLv2", "GPL-2.0-only"),
    ("GPLv2+", "GPL-2.0-or-later"),
    ("GPLv3", "GPL-3.0-only"),
    ("GPLv3+", "GPL-3.0-or-later"),
    ("ISC License (ISCL)", "ISC"),
    ("LGPL v3", "LGPL-3.0-only"),
    ("LGPLv3", "LGPL-3.0-only"),
    ("LGPLv3+", "LGPL-3.0-or-later"),
    ("MIT License (MIT)", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Modified BSD License", "BSD-3-Clause"),
    ("Mozilla Public License 1.0 (MPL)", "MPL-1.0"),
    ("Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("New BSD License", "BSD-3-Clause"),
    ("Revised BSD License", "BSD-3-Clause"),
    ("Simplified BSD License", "BSD-2-Clause"),
    ("SIL Open Font License 1.1 (OFL-1.1)", "OFL-1.1"),
    ("The MIT License", "MIT"),
    ("The MIT License (MIT)", "MIT"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("Zero-Clause BSD (0BSD)", "0BSD"),
    ("zlib/libpng License", "Zlib"),
];

/// Returns the SPDX licence expression that `text` stands for: an identifier (`BSD-3-Clause`), or
/// several (`MIT OR Apache-2.0`), in any case, or a name that means one licence. Null when it is not
/// recognised or ambiguous.
pub fn spdx(text: &str) -> Option<String> {
    let text = text.trim();
    let name = CLASSIFIERS.iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    if name.is_empty() {
        return None;
    }
    let full = identifiers::LICENSES.iter().map(|license| (license.full_name, license.name));
    let mut names = NAMES.iter().copied().chain(full);
    let known = names.find(|(known, _)| known.eq_ignore_ascii_case(name));
    expression(known.map_or(name, |(_, id)| id))
}

/// The SPDX expression in `text`, with identifiers and operators in the case of the standard and
/// without deprecated identifiers of the GNU licences.
fn expression(text: &str) -> Option<String> {
    const MODE: ParseMode =
        ParseMode { allow_postfix_plus_on_gpl: true, allow_deprecated: true, ..ParseMode::STRICT };
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Option<Vec<String>> = spaced.split_whitespace().map(word).collect();
    let spelled = words?.join(" ").replace("( ", "(").replace(" )", ")");
    Expression::parse_mode(&spelled, MODE).ok()?;
    Some(Expression::canonicalize(&spelled).ok()?.unwrap_or(spelled))
}

/// A word of an expression, as the standard spells it.
fn word(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    if matches!(upper.as_str(), "AND" | "OR" | "WITH" | "(" | ")") {
        return Some(upper);
    }
    let (id, plus) = text.strip_suffix('+').map_or((text, ""), |id| (id, "+"));
    let spelled = license_id(id).map(|id| id.name);
    let spelled = spelled.or_else(|| exception_id(id).map(|id| id.name));
    let spelled = spelled.or_else(|| {
        let licenses = identifiers::LICENSES.iter().map(|license| license.name);
        let exceptions = identifiers::EXCEPTIONS.iter().map(|exception| exception.name);
        licenses.chain(exceptions).find(|name| name.eq_ignore_ascii_case(id))
    });
    spelled.map(|name| format!("{name}{plus}"))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, expression, spdx};

    #[test]
    fn identifiers_and_expressions_in_any_case() {
        for (text, expected) in [
            ("MIT", "MIT"),
            (" mit ", "MIT"),
            ("bsd-3-clause", "BSD-3-Clause"),
            ("0bsd", "0BSD"),
            ("mit or apache-2.0", "MIT OR Apache-2.0"),
            ("MIT AND GPL-2.0-or-later", "MIT AND GPL-2.0-or-later"),
            ("(MIT OR Apache-2.0) AND BSD-3-Clause", "(MIT OR Apache-2.0) AND BSD-3-Clause"),
            ("( mit or isc )", "(MIT OR ISC)"),
            ("apache-2.0 with llvm-exception", "Apache-2.0 WITH LLVM-exception"),
            ("GPL-3.0", "GPL-3.0-only"),
            ("gpl-3.0+", "GPL-3.0-or-later"),
            ("MPL-1.1+", "MPL-1.1+"),
        ] {
            assert_eq!(spdx(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_that_mean_one_licence() {
        for (text, expected) in [
            ("the mit license", "MIT"),
            ("License :: OSI Approved :: MIT License", "MIT"),
            ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
            ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
            ("3-clause BSD license", "BSD-3-Clause"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ] {
            assert_eq!(spdx(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn ambiguous_and_unknown_names_have_none() {
        for text in [
            "",
            "  ",
            "BSD",
            "BSD License",
            "GPL",
            "Apache Software License",
            "Apache",
            "Custom",
            "UNKNOWN",
            "Other/Proprietary License",
            "Free for non-commercial use",
            "MIT OR",
            "OR",
            "MIT License OR Apache-2.0",
            "MIT Apache-2.0",
            "MIT/Apache-2.0",
            "LicenseRef-ours",
            "((MIT)",
            "+",
            "ﬀ",
            "Permission is hereby\ngranted",
            "LLVM-exception",
        ] {
            assert_eq!(spdx(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_name_stands_for_an_identifier_of_the_list() {
        for (name, id) in NAMES {
            assert_eq!(expression(id).as_deref(), Some(*id), "{name}");
            assert_eq!(expression(name), None, "{name} needs no entry");
        }
    }
}
