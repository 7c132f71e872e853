//! Comment marks and quotes of languages, for those without a grammar of ours.

/// How comments and strings of a language are written.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) line: &'static [LineMark],
    pub(super) block: &'static [BlockMark],
    pub(super) quotes: &'static [Quote],
}

/// A mark that makes the rest of a line a comment.
#[derive(Debug)]
pub(super) struct LineMark {
    pub(super) open: &'static str,
    pub(super) place: Place,
}

/// Where a line mark counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Everywhere outside strings.
    Any,
    /// At the start of a line, or behind a blank.
    Spaced,
    /// At the start of a line, behind blanks.
    LineStart,
    /// Everywhere but behind this byte: `http://`, `\%`.
    NotAfter(u8),
}

/// Marks around a comment.
#[derive(Debug)]
pub(super) struct BlockMark {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// Whether such comments hold each other.
    pub(super) nested: bool,
}

/// Marks around text that holds no comment.
#[derive(Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What takes the meaning from the next character.
    pub(super) escape: Option<u8>,
    /// Whether it may go on over lines. One that may not, and is not closed on its line, is no quote.
    pub(super) lines: bool,
}

const fn mark(open: &'static str, place: Place) -> LineMark {
    LineMark { open, place }
}

const fn block(open: &'static str, close: &'static str) -> BlockMark {
    BlockMark { open, close, nested: false }
}

const fn nested(open: &'static str, close: &'static str) -> BlockMark {
    BlockMark { open, close, nested: true }
}

const fn quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escape: Some(b'\\'), lines: false }
}

const fn text(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escape: Some(b'\\'), lines: true }
}

/// In which a doubled quote stands for itself, which reads like two quotes.
const fn plain(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escape: None, lines: false }
}

const SLASHES: LineMark = mark("//", Place::NotAfter(b':'));
const C_BLOCK: BlockMark = block("/*", "*/");

macro_rules! syntaxes {
    ($($(#[doc = $doc:literal])+ $name:ident: line [$($line:expr),*], block [$($block:expr),*], quotes [$($quote:expr),*];)+) => {
        $($(#[doc = $doc])+ pub(super) static $name: Syntax =
            Syntax { line: &[$($line),*], block: &[$($block),*], quotes: &[$($quote),*] };)+
    };
}

syntaxes! {
    /// C and most of what looks like it; JSON with comments.
    C_LIKE: line [SLASHES], block [C_BLOCK], quotes [text("\"\"\""), quote("\""), quote("'")];
    /// Where comments hold each other: Kotlin, Swift, Scala, D.
    C_NESTED: line [SLASHES], block [nested("/*", "*/")], quotes [text("\"\"\""), quote("\""), quote("'")];
    /// JavaScript and its relatives, Go.
    SCRIPT: line [SLASHES], block [C_BLOCK], quotes [text("`"), quote("\""), quote("'")];
    /// A quote is also the mark of a lifetime.
    RUST: line [SLASHES], block [nested("/*", "*/")], quotes [text("\"")];
    /// PHP.
    PHP: line [SLASHES, mark("#", Place::Spaced)], block [C_BLOCK], quotes [text("\""), text("'")];
    /// Style sheets with comments of blocks alone.
    CSS: line [], block [C_BLOCK], quotes [quote("\""), quote("'")];
    /// SCSS and Less.
    SCSS: line [SLASHES], block [C_BLOCK], quotes [quote("\""), quote("'")];
    /// Scripts and configuration with `#`.
    HASH: line [mark("#", Place::Spaced)], block [], quotes [quote("\""), quote("'")];
    /// Python.
    PYTHON: line [mark("#", Place::Any)], block [], quotes [text("\"\"\""), text("'''"), quote("\""), quote("'")];
    /// Ruby.
    RUBY: line [mark("#", Place::Spaced)], block [block("\n=begin", "\n=end")], quotes [quote("\""), quote("'")];
    /// Perl.
    PERL: line [mark("#", Place::Spaced)], block [block("\n=pod", "\n=cut")], quotes [quote("\""), quote("'")];
    /// Elixir.
    ELIXIR: line [mark("#", Place::Any)], block [], quotes [text("\"\"\""), text("'''"), quote("\""), quote("'")];
    /// Julia.
    JULIA: line [mark("#", Place::Any)], block [nested("#=", "=#")], quotes [text("\"\"\""), quote("\"")];
    /// Nim.
    NIM: line [mark("#", Place::Any)], block [nested("#[", "]#")], quotes [text("\"\"\""), quote("\"")];
    /// CoffeeScript.
    COFFEE: line [mark("#", Place::Spaced)], block [block("###", "###")], quotes [text("\"\"\""), quote("\""), quote("'")];
    /// PowerShell, whose escape is a backtick.
    POWERSHELL: line [mark("#", Place::Spaced)], block [block("<#", "#>")],
        quotes [Quote { open: "\"", close: "\"", escape: Some(b'`'), lines: false }, plain("'")];
    /// CMake.
    CMAKE: line [mark("#", Place::Any)], block [block("#[[", "]]")], quotes [text("\"")];
    /// Terraform and HCL.
    HCL: line [mark("#", Place::Spaced), SLASHES], block [C_BLOCK], quotes [quote("\"")];
    /// Nix.
    NIX: line [mark("#", Place::Spaced)], block [C_BLOCK],
        quotes [Quote { open: "''", close: "''", escape: None, lines: true }, text("\"")];
    /// SQL.
    SQL: line [mark("--", Place::Any)], block [C_BLOCK], quotes [plain("'"), plain("\""), plain("`")];
    /// Lua.
    LUA: line [mark("--", Place::Any)], block [block("--[[", "]]"), block("--[=[", "]=]")],
        quotes [Quote { open: "[[", close: "]]", escape: None, lines: true }, quote("\""), quote("'")];
    /// Haskell, Elm, PureScript.
    HASKELL: line [mark("--", Place::Spaced)], block [nested("{-", "-}")], quotes [text("\"\"\""), quote("\"")];
    /// Ada, VHDL.
    DASHES: line [mark("--", Place::Any)], block [], quotes [plain("\"")];
    /// AppleScript.
    APPLESCRIPT: line [mark("--", Place::Any), mark("#", Place::Spaced)], block [nested("(*", "*)")], quotes [quote("\"")];
    /// Lisps.
    LISP: line [mark(";", Place::Any)], block [nested("#|", "|#")], quotes [text("\"")];
    /// INI and properties.
    INI: line [mark("#", Place::LineStart), mark(";", Place::Spaced), mark("!", Place::LineStart)], block [], quotes [quote("\"")];
    /// Assemblers, which agree on nothing; `#` opens directives as well.
    ASSEMBLY: line [mark(";", Place::Any), SLASHES, mark("#", Place::Spaced), mark("@", Place::Spaced)], block [C_BLOCK], quotes [quote("\"")];
    /// TeX, where `\%` is a percent sign.
    TEX: line [mark("%", Place::NotAfter(b'\\'))], block [], quotes [];
    /// Erlang, where `$%` is a character.
    ERLANG: line [mark("%", Place::NotAfter(b'$'))], block [], quotes [quote("\""), quote("'")];
    /// Prolog, PostScript.
    PROLOG: line [mark("%", Place::Any)], block [C_BLOCK], quotes [quote("\""), quote("'")];
    /// MATLAB and Octave.
    MATLAB: line [mark("%", Place::Any)], block [block("%{", "%}")], quotes [plain("\"")];
    /// XML.
    XML: line [], block [block("<!--", "-->")],
        quotes [Quote { open: "<![CDATA[", close: "]]>", escape: None, lines: true }];
    /// OCaml, F# has slashes as well.
    OCAML: line [], block [nested("(*", "*)")], quotes [text("\"")];
    /// F#.
    FSHARP: line [SLASHES], block [block("(*", "*)")], quotes [text("\"\"\""), text("\"")];
    /// Pascal, Delphi.
    PASCAL: line [SLASHES], block [block("(*", "*)"), block("{", "}")], quotes [plain("'")];
    /// Visual Basic.
    BASIC: line [mark("'", Place::Any), mark("REM ", Place::LineStart), mark("Rem ", Place::LineStart)], block [], quotes [plain("\"")];
    /// Fortran.
    FORTRAN: line [mark("!", Place::Any)], block [], quotes [plain("\""), plain("'")];
    /// Batch files.
    BATCH: line [mark("REM ", Place::LineStart), mark("rem ", Place::LineStart), mark("@REM ", Place::LineStart),
        mark("@rem ", Place::LineStart), mark("::", Place::LineStart)], block [], quotes [];
    /// Vim script, where a quote opens a comment at the start of a line.
    VIM: line [mark("\"", Place::LineStart)], block [], quotes [];
    /// Zig, which has no blocks.
    ZIG: line [SLASHES], block [], quotes [quote("\""), quote("'")];
    /// Jinja, Twig, Liquid and Django.
    JINJA: line [], block [block("{#", "#}"), block("<!--", "-->"), block("{% comment %}", "{% endcomment %}")], quotes [];
    /// Handlebars, Mustache.
    HANDLEBARS: line [], block [block("{{!--", "--}}"), block("{{!", "}}"), block("<!--", "-->")], quotes [];
    /// Templates of Ruby, JavaScript, JSP.
    ERB: line [], block [block("<%#", "%>"), block("<%--", "--%>"), block("<!--", "-->")], quotes [];
    /// AsciiDoc.
    ASCIIDOC: line [mark("// ", Place::LineStart)], block [], quotes [];
}

/// Returns the comment marks of files with this ending.
pub(super) fn by_extension(extension: &str) -> Option<&'static Syntax> {
    Some(match extension {
        "cs" | "dart" | "groovy" | "gradle" | "m" | "mm" | "proto" | "thrift" | "sol" | "sv" | "svh"
        | "v" | "glsl" | "vert" | "frag" | "comp" | "hlsl" | "wgsl" | "metal" | "vala" | "hx" | "json"
        | "jsonc" | "json5" | "code-workspace" | "cl" | "idl" | "fbs" | "rego" | "cue" | "prisma"
        | "bicep" | "y" | "l" | "yy" | "ll" | "as" | "pde" | "uc" | "dts" | "dtsi" | "ld" | "aidl"
        | "jsonnet" | "libsonnet" | "odin" => &C_LIKE,
        "kt" | "kts" | "swift" | "scala" | "sc" | "sbt" | "d" => &C_NESTED,
        "mod" | "es6" | "qml" => &SCRIPT,
        "php" | "phtml" | "php3" | "inc" => &PHP,
        "css" | "pcss" => &CSS,
        "scss" | "less" | "styl" | "sass" => &SCSS,
        "rb" | "rake" | "gemspec" | "ru" | "podspec" | "cr" => &RUBY,
        "pl" | "pm" | "t" | "raku" => &PERL,
        "pyx" | "pxd" | "pxi" | "star" | "gd" | "mojo" | "sage" | "smk" => &PYTHON,
        "ex" | "exs" => &ELIXIR,
        "jl" => &JULIA,
        "nim" | "nims" | "nimble" => &NIM,
        "coffee" | "litcoffee" => &COFFEE,
        "ps1" | "psm1" | "psd1" => &POWERSHELL,
        "cmake" => &CMAKE,
        "tf" | "tfvars" | "hcl" | "nomad" => &HCL,
        "nix" => &NIX,
        "r" | "R" | "mk" | "mak" | "make" | "awk" | "sed" | "tcl" | "fish" | "zsh" | "ksh" | "csh"
        | "conf" | "env" | "dockerfile" | "gitignore" | "gitattributes" | "dockerignore" | "npmignore"
        | "graphql" | "gql" | "po" | "pot" | "feature" | "just" | "bb" | "bbclass" | "gn" | "gni"
        | "bazel" | "ebuild" | "spec" | "service" | "desktop" | "gp" | "plt" | "elv" | "nu" | "rules"
        | "pp" | "sls" | "toit" | "ninja" | "am" | "ac" => &HASH,
        "sql" | "psql" | "pgsql" | "ddl" | "dml" | "hql" | "plsql" | "pls" => &SQL,
        "lua" | "luau" | "rockspec" => &LUA,
        "hs" | "lhs" | "elm" | "purs" | "hsc" | "cabal" | "idr" | "agda" | "dhall" => &HASKELL,
        "adb" | "ads" | "vhd" | "vhdl" => &DASHES,
        "applescript" => &APPLESCRIPT,
        "lisp" | "lsp" | "el" | "clj" | "cljs" | "cljc" | "edn" | "scm" | "ss" | "rkt" | "fnl" | "janet"
        | "hy" => &LISP,
        "ini" | "cfg" | "properties" | "editorconfig" | "gitconfig" | "reg" | "inf" => &INI,
        "asm" | "s" | "S" | "nasm" => &ASSEMBLY,
        "tex" | "sty" | "ltx" | "bst" | "dtx" => &TEX,
        "erl" | "hrl" | "escript" => &ERLANG,
        "pro" | "prolog" | "ps" | "eps" => &PROLOG,
        "mat" | "octave" => &MATLAB,
        "xml" | "svg" | "xaml" | "xsl" | "xslt" | "xsd" | "wsdl" | "plist" | "csproj" | "fsproj"
        | "vbproj" | "vcxproj" | "props" | "targets" | "resx" | "nuspec" | "config" | "storyboard"
        | "xib" | "iml" | "pom" => &XML,
        "ml" | "mli" | "sml" | "thy" => &OCAML,
        "fs" | "fsi" | "fsx" => &FSHARP,
        "pas" | "dpr" | "lpr" | "dfm" => &PASCAL,
        "vb" | "vbs" | "bas" | "frm" => &BASIC,
        "f90" | "f95" | "f03" | "f08" | "f" | "for" => &FORTRAN,
        "bat" | "cmd" => &BATCH,
        "vim" | "nvim" => &VIM,
        "zig" | "zon" => &ZIG,
        "j2" | "jinja" | "jinja2" | "twig" | "liquid" | "njk" => &JINJA,
        "hbs" | "handlebars" | "mustache" => &HANDLEBARS,
        "erb" | "ejs" | "jsp" | "rhtml" | "leex" | "heex" | "eex" => &ERB,
        "adoc" | "asciidoc" => &ASCIIDOC,
        _ => return None,
    })
}
