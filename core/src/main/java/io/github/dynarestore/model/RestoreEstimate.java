package io.github.dynarestore.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a restore would do and cost. Everything was read, nothing written.
 *
 * @param report as the restore's own would be; its {@code writes} are zero
 * @param puts items that would be written
 * @param deletes deletes that would be sent
 * @param extras of these, items of the table that are not in the backup: the number that {@code --existing exact} wants
 *     confirmed
 * @param putBytes size of the items, as DynamoDB counts it
 * @param tableUnits write units of the table; exact if it holds none of the keys
 * @param indexUnits write units of each index by name
 * @param unitsPerSecond the plan's rate, in write units of the table
 * @param writingTime how long the writes take at the plan's rate; the fullest of table and global indexes sets the pace
 * @param requests requests to S3 that the restore would make, besides listing and a look at a few objects: each with deciding records is read
 *     twice
 * @param dollars what write units and requests cost at the prices given
 */
public record RestoreEstimate(
        RestoreReport report,
        long puts,
        long deletes,
        long extras,
        long putBytes,
        double tableUnits,
        Map<String, Double> indexUnits,
        double unitsPerSecond,
        Duration writingTime,
        long requests,
        BigDecimal dollars) {

    /** Copies the map. */
    public RestoreEstimate {
        indexUnits = Map.copyOf(indexUnits);
    }

    /** The same at another price. */
    public RestoreEstimate withDollars(BigDecimal price) {
        return new RestoreEstimate(
                report,
                puts,
                deletes,
                extras,
                putBytes,
                tableUnits,
                indexUnits,
                unitsPerSecond,
                writingTime,
                requests,
                price.setScale(4, RoundingMode.HALF_UP));
    }

    /** Write units of table and indexes together. */
    public double units() {
        return tableUnits
                + indexUnits.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Returns the estimate as a JSON object; fields may be added in later versions, none is renamed. */
    public String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeNumberField("puts", puts);
            json.writeNumberField("deletes", deletes);
            json.writeNumberField("extras", extras);
            json.writeNumberField("putBytes", putBytes);
            json.writeNumberField("units", units());
            json.writeNumberField("tableUnits", tableUnits);
            json.writeObjectFieldStart("indexUnits");
            for (Map.Entry<String, Double> index : new TreeMap<>(indexUnits).entrySet()) {
                json.writeNumberField(index.getKey(), index.getValue());
            }
            json.writeEndObject();
            json.writeNumberField("unitsPerSecond", unitsPerSecond);
            json.writeNumberField("writingSeconds", writingTime().toMillis() / 1_000.0);
            json.writeNumberField("requests", requests);
            json.writeStringField("dollars", dollars.toPlainString());
            json.writeFieldName("report");
            json.writeRawValue(report.toJson());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }
}
