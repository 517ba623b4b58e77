package io.github.dynarestore.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.github.dynarestore.RestorePlan;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A plan in a file: YAML if its name ends in {@code .yaml} or {@code .yml}, JSON otherwise. */
record PlanFile(Path path) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    /**
     * Reads the plan.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no plan, saying where
     */
    RestorePlan.Builder read() throws IOException {
        String text = Files.readString(path);
        try {
            return RestorePlan.parse(isYaml() ? translated(text, YAML, JSON) : text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the plan is not YAML at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage(),
                    e);
        }
    }

    /** Writes a plan. */
    void write(RestorePlan plan) throws IOException {
        String json = plan.toJson();
        Files.writeString(path, isYaml() ? translated(json, JSON, YAML) : json + "\n");
    }

    private boolean isYaml() {
        String name = path.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }

    private static String translated(String text, JsonFactory from, JsonFactory to) throws IOException {
        StringWriter translated = new StringWriter();
        try (JsonParser parser = from.createParser(text);
                JsonGenerator generator = to.createGenerator(translated)) {
            while (parser.nextToken() != null) {
                if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
                    // The parser gives the anchor's name in place of the value.
                    throw new IllegalArgumentException("the plan has an alias, *" + parser.getText() + ", at line "
                            + parser.currentTokenLocation().getLineNr() + "; write its value there");
                }
                generator.copyCurrentEvent(parser);
            }
        }
        return translated.toString();
    }
}
