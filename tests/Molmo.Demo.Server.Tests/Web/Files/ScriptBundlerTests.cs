using Molmo.Demo.Server.Web.Files;

namespace Molmo.Demo.Server.Tests.Web.Files;

public sealed class ScriptBundlerTests
{
    [Fact]
    public void Bundle_EveryFormOfImportAndExport_ScopesEachModuleOnceBehindWhatItImports()
    {
        var bundle = Bundle(["Chat/Box.razor.js", "dom.js"], new()
        {
            ["Chat/Box.razor.js"] = "// a box\nimport { near, make as build } from '../dom.js';\n"
                + "import './Other.razor.js';\nexport { go } from './Other.razor.js';\n"
                + "export async function open() { build(near); }\n",
            ["Chat/Other.razor.js"] = "import { near } from '../dom.js';\nexport function go() {}\n",
            ["dom.js"] = "export const near = 1;\nexport function make(tag, { a } = {}) {}\nexport class Part {}\n",
        });

        Assert.Equal("""
            'use strict';
            globalThis.molmo = {};
            // dom.js
            molmo['dom'] = (() => {
            const near = 1;
            function make(tag, { a } = {}) {}
            class Part {}
            return { near, make, Part };
            })();
            // Chat/Other.razor.js
            molmo['Chat/Other'] = (() => {
            const { near } = molmo['dom'];
            function go() {}
            return { go };
            })();
            // Chat/Box.razor.js
            molmo['Chat/Box'] = (() => {
            // a box
            const { near, make: build } = molmo['dom'];


            async function open() { build(near); }
            return { go: molmo['Chat/Other'].go, open };
            })();

            """.ReplaceLineEndings("\n"), bundle);
    }

    [Fact]
    public void Bundle_AnImportOfSeveralLines_KeepsTheNumbersOfTheLinesBehindIt()
    {
        const string text = "import {\n  a,\n  b,\n} from './dom.js';\nthrow new Error(a + b);\n";

        var lines = Bundle(
            ["x.js"], new() { ["x.js"] = text, ["dom.js"] = "export const a = 1;\nexport const b = 2;\n" }).Split('\n');

        var first = Array.IndexOf(lines, "// x.js") + 2;
        Assert.Equal(text.Split('\n')[4], lines[first + 4]);
    }

    [Theory]
    [InlineData("export default 1;")]
    [InlineData("export let a = 1;")]
    [InlineData("export const { a } = {};")]
    [InlineData("export * from './dom.js';")]
    [InlineData("export { a };")]
    [InlineData("export { near as close } from './dom.js';")]
    [InlineData("export function* all() {}")]
    [InlineData("import all from './dom.js';")]
    [InlineData("import * as all from './dom.js';")]
    [InlineData("import { near } from './dom.js'")]
    [InlineData("  import { near } from './dom.js';")]
    [InlineData("import { near } from \"./dom.js\";")]
    [InlineData("const part = await import('./dom.js');")]
    [InlineData("const here = import.meta.url;")]
    public void Bundle_AnotherForm_IsRefusedByName(string line)
    {
        var refusal = Assert.Throws<FormatException>(
            () => Bundle(["x.js"], new() { ["x.js"] = line + "\n", ["dom.js"] = "export const near = 1;\n" }));

        Assert.Contains("x.js", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bundle_ModulesInACircle_AreRefused()
        => Assert.Throws<FormatException>(() => Bundle(
            ["a.js"], new() { ["a.js"] = "import './b.js';\n", ["b.js"] = "import './a.js';\n" }));

    private static string Bundle(string[] modules, Dictionary<string, string> texts)
        => ScriptBundler.Bundle(modules, path => texts[path]);
}
