package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Finds what the key of a fixture's table is: types by attribute, partition key first. */
final class FixtureKeys {

    private static final int SAMPLE_BYTES = 1 << 20;

    private FixtureKeys() {}

    /**
     * Finds the key.
     *
     * @throws IllegalArgumentException if nothing says it
     */
    static Map<String, String> of(TableFixture fixture, FixtureFiles files) {
        if (!fixture.key().isEmpty()) {
            return fixture.key();
        }
        try {
            String table = files.table();
            Map<String, String> key = table == null ? ofRecords(files.directory()) : ofDescription(table);
            if (key != null) {
                return key;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the key of the fixture " + fixture.from() + " cannot be read", e);
        }
        throw new IllegalArgumentException("nothing says what the key of the fixture " + fixture.from()
                + " is: name it (key), or put a table.json beside the data, as aws dynamodb describe-table prints it");
    }

    /** The order of the key schema, with the types of the attribute definitions. */
    private static Map<String, String> ofDescription(String json) throws IOException {
        List<Map<String, String>> schema = new ArrayList<>();
        Map<String, String> types = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() != JsonToken.FIELD_NAME) {
                    continue;
                }
                String name = parser.currentName();
                if (name.endsWith("SecondaryIndexes")) {
                    parser.nextToken();
                    parser.skipChildren();
                } else if (name.equals("KeySchema")) {
                    schema = objects(parser);
                } else if (name.equals("AttributeDefinitions")) {
                    objects(parser)
                            .forEach(attribute ->
                                    types.put(attribute.get("AttributeName"), attribute.get("AttributeType")));
                }
            }
        }
        schema.sort((left, right) ->
                Boolean.compare("RANGE".equals(left.get("KeyType")), "RANGE".equals(right.get("KeyType"))));
        Map<String, String> key = new LinkedHashMap<>();
        schema.forEach(part -> key.put(part.get("AttributeName"), types.get(part.get("AttributeName"))));
        if (key.isEmpty() || key.containsValue(null)) {
            throw new IllegalArgumentException("table.json does not say the key and its types");
        }
        return key;
    }

    private static List<Map<String, String>> objects(JsonParser parser) throws IOException {
        List<Map<String, String>> objects = new ArrayList<>();
        parser.nextToken();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            Map<String, String> object = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                object.put(name, parser.getText());
            }
            objects.add(object);
        }
        return objects;
    }

    private static @Nullable Map<String, String> ofRecords(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(directory)) {
            files = found.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            byte[] sample = sample(file);
            for (BackupFormat format : ServiceLoader.load(BackupFormat.class)) {
                if (format.recognise(new BackupSample(file.toString(), sample, false)) == Recognition.CERTAIN) {
                    Map<String, String> key = ofFirstRecord(format, sample);
                    if (key != null) {
                        return key;
                    }
                }
            }
        }
        return null;
    }

    private static byte[] sample(Path file) throws IOException {
        try (InputStream plain = Files.newInputStream(file)) {
            byte[] bytes = plain.readNBytes(SAMPLE_BYTES);
            boolean isGzip = bytes.length > 2 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
            if (!isGzip) {
                return bytes;
            }
        }
        try (InputStream gzip = new GZIPInputStream(Files.newInputStream(file))) {
            return gzip.readNBytes(SAMPLE_BYTES);
        }
    }

    private static @Nullable Map<String, String> ofFirstRecord(BackupFormat format, byte[] sample) throws IOException {
        try (RecordReader reader =
                format.open(new ByteArrayInputStream(sample), new ReaderContext("", "", Instant.EPOCH, SAMPLE_BYTES))) {
            BackupRecord record = new BackupRecord();
            if (!reader.next(record) || !record.hasKeys()) {
                return null;
            }
            Map<String, String> key = new LinkedHashMap<>();
            ItemImage.wrap(record.keysBytes(), record.keysOffset(), record.keysLength())
                    .attributes()
                    .forEach((name, value) -> key.put(name, value.type().toString()));
            return key;
        } catch (MalformedRecordException e) {
            return null;
        }
    }
}
