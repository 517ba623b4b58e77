package io.github.dynarestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A plan as JSON: what it restores, from where, how, but not how much of this machine it takes. */
final class PlanJson {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private PlanJson() {}

    static String write(RestorePlan plan) {
        if (plan.filter().isPresent()) {
            throw new IllegalStateException("a filter given in Java cannot be written down");
        }
        if (plan.redriven().isPresent()) {
            throw new IllegalStateException("a plan that redrives records is not written down");
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
            json.writeStartObject();
            writeBackups(json, "base", plan.bases());
            writeBackups(json, "from", plan.backups());
            json.writeStringField("into", plan.table());
            if (plan.createTable().isPresent()) {
                writeTable(json, plan.createTable().get());
            }
            if (plan.boost().isPresent()) {
                json.writeNumberField("boost", plan.boost().get());
            }
            writeOptional(json, "asOf", plan.asOf().orElse(null));
            writeOptional(json, "since", plan.since().orElse(null));
            json.writeStringField("lateness", plan.lateness().toString());
            writeOptional(json, "undoSince", plan.undoSince().orElse(null));
            json.writeBooleanField("undoForced", plan.isUndoForced());
            json.writeStringField("ttlRemovals", spelled(plan.ttlRemovals()));
            json.writeStringField("gaps", spelled(plan.gaps()));
            json.writeStringField("silence", plan.silence().toString());
            json.writeBooleanField("recoverFailed", plan.recoversFailed());
            if (plan.sourceOwner().isPresent()) {
                json.writeStringField("sourceOwner", plan.sourceOwner().get());
            }
            json.writeStringField("existingItems", spelled(plan.existingItems()));
            if (plan.confirmedExtras().isPresent()) {
                json.writeNumberField("confirmExtras", plan.confirmedExtras().get());
            }
            json.writeStringField("badRecords", spelled(plan.badRecords()));
            json.writeNumberField("maxBadShare", plan.maxBadShare());
            json.writeStringField("undatedRecords", spelled(plan.undatedRecords()));
            json.writeBooleanField("showKeys", plan.showsKeys());
            writeRate(json, plan.writeRate());
            writeMappers(json, plan.mappers());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    private static void writeBackups(JsonGenerator json, String name, List<Backup> backups) throws IOException {
        json.writeArrayFieldStart(name);
        for (Backup backup : backups) {
            json.writeStartObject();
            json.writeStringField("location", location(backup));
            if (backup.formatId() != null) {
                json.writeStringField("format", backup.formatId());
            }
            if (backup.columns() != null) {
                json.writeStringField("columns", backup.columns().toString());
            }
            if (backup.table() != null) {
                json.writeStringField("table", backup.table());
            }
            writeOptional(json, "begun", backup.begun());
            writeOptional(json, "finished", backup.finished());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** As {@link Backup#at} takes it: the path of an object in S3 is not escaped. */
    private static String location(Backup backup) {
        return backup.location().getScheme().equals("s3")
                ? "s3://" + backup.location().getAuthority() + backup.location().getPath()
                : backup.location().toString();
    }

    private static void writeOptional(JsonGenerator json, String name, @Nullable Instant instant) throws IOException {
        if (instant != null) {
            json.writeStringField(name, instant.toString());
        }
    }

    private static String spelled(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void writeTable(JsonGenerator json, TableDefinition table) throws IOException {
        json.writeObjectFieldStart("createTable");
        String described = table.described();
        if (described != null) {
            json.writeFieldName("described");
            try (JsonParser copied = JSON.createParser(described)) {
                copied.nextToken();
                json.copyCurrentStructure(copied);
            }
        }
        writeTexts(json, "key", table.key());
        writeTexts(json, "globalIndexes", table.globalIndexes());
        writeTexts(json, "localIndexes", table.localIndexes());
        json.writeEndObject();
    }

    private static void writeTexts(JsonGenerator json, String name, List<String> texts) throws IOException {
        if (!texts.isEmpty()) {
            json.writeArrayFieldStart(name);
            for (String text : texts) {
                json.writeString(text);
            }
            json.writeEndArray();
        }
    }

    private static void writeRate(JsonGenerator json, WriteRate rate) throws IOException {
        json.writeObjectFieldStart("writeRate");
        if (rate instanceof WriteRate.UnitsPerSecond units) {
            json.writeNumberField("unitsPerSecond", units.value());
        } else if (rate instanceof WriteRate.FractionOfTable fraction) {
            json.writeNumberField("fractionOfTable", fraction.value());
        } else if (rate instanceof WriteRate.Adaptive) {
            json.writeBooleanField("adaptive", true);
        }
        json.writeEndObject();
    }

    private static void writeMappers(JsonGenerator json, List<RestorePlan.MapperChoice> mappers) throws IOException {
        json.writeArrayFieldStart("mappers");
        for (RestorePlan.MapperChoice choice : mappers) {
            if (!(choice instanceof RestorePlan.MapperChoice.ById mapper)) {
                throw new IllegalStateException("a mapper given in Java cannot be written down");
            }
            json.writeStartObject();
            json.writeStringField("id", mapper.id());
            json.writeObjectFieldStart("parameters");
            for (Map.Entry<String, String> parameter : mapper.parameters().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .toList()) {
                json.writeStringField(parameter.getKey(), parameter.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static RestorePlan.Builder read(String text) {
        RestorePlan.Builder plan = RestorePlan.builder();
        try (JsonParser json = JSON.createParser(text)) {
            require(json.nextToken() == JsonToken.START_OBJECT, "a plan is a JSON object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                try {
                    readField(plan, name, json);
                } catch (IllegalArgumentException | DateTimeException e) {
                    throw new IllegalArgumentException("'" + name + "' of the plan: " + e.getMessage(), e);
                }
            }
            require(json.nextToken() == null, "something stands behind the plan");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the plan is not JSON at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage(),
                    e);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return plan;
    }

    private static void readField(RestorePlan.Builder plan, String name, JsonParser json) throws IOException {
        switch (name) {
            case "base" -> readEach(json, () -> plan.base(readBackup(json)));
            case "from" -> readEach(json, () -> plan.from(readBackup(json)));
            case "into" -> plan.into(text(json));
            case "createTable" -> plan.createTable(readTable(json));
            case "boost" -> plan.boost(count(json));
            case "asOf" -> plan.asOf(Instant.parse(text(json)));
            case "since" -> plan.since(Instant.parse(text(json)));
            case "lateness" -> plan.lateness(Duration.parse(text(json)));
            case "undoSince" -> plan.undoSince(Instant.parse(text(json)));
            case "undoForced" -> ifTrue(json, plan::undoForced);
            case "ttlRemovals" -> plan.ttlRemovals(choice(json, TtlRemovals.values()));
            case "gaps" -> plan.gaps(choice(json, Gaps.values()));
            case "silence" -> plan.silence(Duration.parse(text(json)));
            case "recoverFailed" -> ifTrue(json, plan::recoverFailed);
            case "sourceOwner" -> plan.sourceOwner(text(json));
            case "existingItems" -> plan.existingItems(choice(json, ExistingItems.values()));
            case "confirmExtras" -> plan.confirmExtras(count(json));
            case "badRecords" -> plan.badRecords(choice(json, BadRecords.values()));
            case "maxBadShare" -> plan.maxBadShare(number(json));
            case "undatedRecords" -> plan.undatedRecords(choice(json, UndatedRecords.values()));
            case "showKeys" -> ifTrue(json, plan::showKeys);
            case "writeRate" -> plan.writeRate(readRate(json));
            case "mappers" -> readEach(json, () -> readMapper(plan, json));
            default -> throw new IllegalArgumentException("there is no such field");
        }
    }

    /** Reads one element. */
    @FunctionalInterface
    private interface Element {
        void read() throws IOException;
    }

    private static void readEach(JsonParser json, Element element) throws IOException {
        require(json.currentToken() == JsonToken.START_ARRAY, "it is not an array");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            element.read();
        }
    }

    private static Backup readBackup(JsonParser json) throws IOException {
        Map<String, String> fields =
                texts(json, List.of("location", "format", "columns", "table", "begun", "finished"));
        String location = fields.get("location");
        require(location != null, "a backup needs its location");
        Backup backup = Backup.at(String.valueOf(location));
        String begun = fields.get("begun");
        String finished = fields.get("finished");
        if (begun != null) {
            backup = backup.takenBetween(Instant.parse(begun), finished == null ? null : Instant.parse(finished));
        } else {
            require(finished == null, "a backup that was finished was begun");
        }
        String format = fields.get("format");
        backup = format == null ? backup : backup.format(format);
        String columns = fields.get("columns");
        backup = columns == null ? backup : backup.columns(columns);
        String table = fields.get("table");
        return table == null ? backup : backup.table(table);
    }

    private static TableDefinition readTable(JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "a table is an object");
        String described = null;
        List<String> key = new ArrayList<>();
        List<String> globalIndexes = new ArrayList<>();
        List<String> localIndexes = new ArrayList<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "described" -> described = copied(json);
                case "key" -> readEach(json, () -> key.add(text(json)));
                case "globalIndexes" -> readEach(json, () -> globalIndexes.add(text(json)));
                case "localIndexes" -> readEach(json, () -> localIndexes.add(text(json)));
                default -> throw new IllegalArgumentException("a table has no field '" + name + "'");
            }
        }
        require(described == null || key.isEmpty(), "a table that is described has the key that it is described with");
        return TableDefinition.of(described, key, globalIndexes, localIndexes);
    }

    private static String copied(JsonParser json) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator copy = JSON.createGenerator(text)) {
            copy.copyCurrentStructure(json);
        }
        return text.toString();
    }

    private static void readMapper(RestorePlan.Builder plan, JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "a mapper is an object");
        String id = null;
        Map<String, String> parameters = Map.of();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = text(json);
                case "parameters" -> parameters = texts(json, null);
                default -> throw new IllegalArgumentException("a mapper has no field '" + name + "'");
            }
        }
        require(id != null, "a mapper needs its id");
        plan.mapper(String.valueOf(id), parameters);
    }

    private static WriteRate readRate(JsonParser json) throws IOException {
        String fields = "a rate has unitsPerSecond, fractionOfTable or adaptive";
        require(json.currentToken() == JsonToken.START_OBJECT, "a rate is an object");
        require(json.nextToken() == JsonToken.FIELD_NAME, fields);
        String name = json.currentName();
        JsonToken value = json.nextToken();
        WriteRate rate;
        if (name.equals("adaptive")) {
            require(value == JsonToken.VALUE_TRUE, "a rate is adaptive or has a number");
            rate = WriteRate.adaptive();
        } else {
            double number = number(json);
            rate = switch (name) {
                case "unitsPerSecond" -> WriteRate.unitsPerSecond(number);
                case "fractionOfTable" -> WriteRate.fractionOfTable(number);
                default -> throw new IllegalArgumentException(fields);
            };
        }
        require(json.nextToken() == JsonToken.END_OBJECT, fields);
        return rate;
    }

    /** The members of an object, which are texts. */
    private static Map<String, String> texts(JsonParser json, @Nullable List<String> known) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "it is not an object");
        Map<String, String> texts = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            require(known == null || known.contains(name), "there is no field '" + name + "', only " + known);
            json.nextToken();
            texts.put(name, text(json));
        }
        return texts;
    }

    private static String text(JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.VALUE_STRING, "it is not a text");
        return json.getText();
    }

    private static double number(JsonParser json) throws IOException {
        require(json.currentToken().isNumeric(), "it is not a number");
        return json.getDoubleValue();
    }

    private static long count(JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.VALUE_NUMBER_INT, "it is not a whole number");
        return json.getLongValue();
    }

    private static void ifTrue(JsonParser json, Runnable set) throws IOException {
        require(json.currentToken().isBoolean(), "it is neither true nor false");
        if (json.getBooleanValue()) {
            set.run();
        }
    }

    private static <E extends Enum<E>> E choice(JsonParser json, E[] choices) throws IOException {
        String text = text(json);
        return Arrays.stream(choices)
                .filter(choice -> spelled(choice).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
                        + Arrays.stream(choices).map(PlanJson::spelled).toList()));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
