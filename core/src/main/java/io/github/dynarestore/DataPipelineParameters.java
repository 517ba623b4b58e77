package io.github.dynarestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The seven parameters of the Data Pipeline template {@code dynamodb-restore-continuous-backup.json}, and the plan that they
 * make. The mapper {@code data-pipeline} of {@code dynarestore-mappers} must be there when the plan is run.
 */
public final class DataPipelineParameters {

    /** Where the backup lies, a directory. */
    public static final String INPUT = "myInputS3Loc";
    /** Target table. */
    public static final String TABLE = "myDDBTableName";
    /** Share of the table's write capacity, 0.1 to 1.0; 0.25 unless given. */
    public static final String RATIO = "myDDBWriteThroughputRatio";
    /** Columns and their Hive types. */
    public static final String COLUMNS = "myDDBColDefn";
    /** Attribute of the table for each column. */
    public static final String MAPPING = "myDDBTableColMapping";
    /** Path in the backup's records for each column. */
    public static final String FIELDS = "myNewimageFieldMapping";
    /** Where logs go; nowhere unless given. */
    public static final String LOG = "myLogUri";

    /** The names of all parameters. */
    public static final List<String> NAMES = List.of(INPUT, TABLE, RATIO, COLUMNS, MAPPING, FIELDS, LOG);

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final double DEFAULT_RATIO = 0.25;
    private static final String NO_PLACE = "s3://";

    private final Map<String, String> values;
    private final boolean keepsTypes;
    private final boolean keepsAllAttributes;

    private DataPipelineParameters(Map<String, String> values, boolean keepsTypes, boolean keepsAllAttributes) {
        this.values = values;
        this.keepsTypes = keepsTypes;
        this.keepsAllAttributes = keepsAllAttributes;
    }

    /**
     * Takes parameters by their names.
     *
     * @throws IllegalArgumentException if there is one that the template does not have
     */
    public static DataPipelineParameters of(Map<String, String> values) {
        for (String name : values.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("the template has no parameter '" + name + "'; it has " + NAMES);
            }
        }
        return new DataPipelineParameters(Map.copyOf(values), false, false);
    }

    /**
     * Reads the template's {@code values}, or a whole template with such a block.
     *
     * @throws IllegalArgumentException if it is not JSON, or has a parameter that the template does not have
     */
    public static DataPipelineParameters parse(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            return of(values(parser));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the parameters are not JSON at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage(),
                    e);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Map<String, String> values(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("the parameters are not a JSON object");
        }
        Map<String, String> values = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("values") && value == JsonToken.START_OBJECT) {
                return scalars(parser);
            }
            if (value.isScalarValue()) {
                put(values, name, parser);
            } else {
                parser.skipChildren();
            }
        }
        return values;
    }

    /** A null says no more than a name that is left out. */
    private static void put(Map<String, String> values, String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NULL) {
            values.put(name, parser.getText());
        }
    }

    private static Map<String, String> scalars(JsonParser parser) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (!parser.nextToken().isScalarValue()) {
                throw new IllegalArgumentException("'" + name + "' is not one value");
            }
            put(values, name, parser);
        }
        return values;
    }

    /**
     * Returns the same with another value of one.
     *
     * @param name one of {@link #NAMES}
     */
    public DataPipelineParameters with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value);
        DataPipelineParameters checked = of(more);
        return new DataPipelineParameters(checked.values, keepsTypes, keepsAllAttributes);
    }

    /** Returns the same, with values that keep the type that they have in the backup. Those of the key always do. */
    public DataPipelineParameters keepTypes() {
        return new DataPipelineParameters(values, true, keepsAllAttributes);
    }

    /** Returns the same, with attributes that are not listed kept as they are. */
    public DataPipelineParameters allAttributes() {
        return new DataPipelineParameters(values, keepsTypes, true);
    }

    /** Target table. */
    public String table() {
        return required(TABLE);
    }

    /**
     * Where logs go, a directory in S3; empty if that is not said.
     *
     * @throws IllegalArgumentException if it is somewhere else
     */
    public Optional<Backup> log() {
        String place = values.getOrDefault(LOG, "");
        if (place.isEmpty() || place.equals(NO_PLACE)) {
            return Optional.empty();
        }
        Backup log = directory(LOG);
        if (!log.location().getScheme().equals("s3")) {
            throw new IllegalArgumentException(LOG + " must be a place in S3, not " + place);
        }
        return Optional.of(log);
    }

    /**
     * Starts the plan that the parameters make.
     *
     * @throws IllegalArgumentException if one is missing or out of range, saying which
     */
    public RestorePlan.Builder plan() {
        log();
        Map<String, String> mapping = new LinkedHashMap<>();
        mapping.put("columns", required(COLUMNS));
        mapping.put("mapping", required(MAPPING));
        mapping.put("fields", required(FIELDS));
        if (keepsTypes) {
            mapping.put("keep-types", "true");
        }
        if (keepsAllAttributes) {
            mapping.put("all-attributes", "true");
        }
        return RestorePlan.builder()
                .from(directory(INPUT))
                .into(table())
                .writeRate(WriteRate.fractionOfTable(ratio()))
                .mapper("data-pipeline", mapping);
    }

    private double ratio() {
        String text = values.get(RATIO);
        if (text == null || text.isBlank()) {
            return DEFAULT_RATIO;
        }
        double ratio;
        try {
            ratio = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(RATIO + " is not a number: '" + text + "'", e);
        }
        if (!(ratio >= 0.1 && ratio <= 1)) {
            throw new IllegalArgumentException(RATIO + " must be 0.1 to 1.0, not " + text);
        }
        return ratio;
    }

    private Backup directory(String name) {
        String uri = required(name);
        try {
            return Backup.at(uri.endsWith("/") ? uri : uri + "/");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private String required(String name) {
        String value = values.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("the parameter " + name + " is missing");
        }
        return value;
    }
}
