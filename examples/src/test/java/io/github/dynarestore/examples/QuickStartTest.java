package io.github.dynarestore.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.EmbeddedS3;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class QuickStartTest {

    @Test
    void run_onFreshServers_restoresTheTableAsItWas() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (DynamoDbLocal database = DynamoDbLocal.start();
                EmbeddedS3 store = EmbeddedS3.start()) {
            assertThat(QuickStart.run(database, store, new PrintStream(printed, true, StandardCharsets.UTF_8)))
                    .isTrue();
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("\"status\" : \"COMPLETED\"")
                .contains("\"deadLettered\" : 0");
    }

    /** The README shows a region of the quick start, so that it cannot go stale. */
    @Test
    void readme_snippet_isTheQuickStartsOwnCode() throws IOException {
        Path root = Path.of(System.getProperty("dynarestore.root"));
        String source =
                Files.readString(root.resolve("examples/src/main/java/io/github/dynarestore/examples/QuickStart.java"));
        String region = source.substring(source.indexOf("// [readme]") + 11, source.indexOf("// [/readme]"))
                .stripIndent()
                .strip();

        assertThat(Files.readString(root.resolve("README.md"))
                        .replace("\r", "")
                        .lines()
                        .map(String::strip))
                .containsSubsequence(region.lines().map(String::strip).toList());
    }

    /** So does the page on restores in tests, with a test that runs. */
    @Test
    void restoresInTests_snippet_isTheExamplesOwnCode() throws IOException {
        Path root = Path.of(System.getProperty("dynarestore.root"));
        String page =
                Files.readString(root.resolve("docs/restores-in-tests.md")).replace("\r", "");
        int begin = page.indexOf("```java\n") + 8;
        String snippet = page.substring(begin, page.indexOf("```", begin));

        assertThat(Files.readString(root.resolve(
                                "examples/src/test/java/io/github/dynarestore/examples/OrderRepositoryTest.java"))
                        .replace("\r", "")
                        .lines())
                .containsSubsequence(snippet.lines().toList());
    }
}
