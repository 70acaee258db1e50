using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class IntentIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_IssueIntents_IssuerKeyIdentifier_AbandonedSequence",
                table: "IssueIntents",
                columns: new[] { "IssuerKeyIdentifier", "AbandonedSequence" },
                filter: "\"AbandonedSequence\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_IssueIntents_PublicKeySha256",
                table: "IssueIntents",
                column: "PublicKeySha256");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_IssueIntents_IssuerKeyIdentifier_AbandonedSequence",
                table: "IssueIntents");

            migrationBuilder.DropIndex(
                name: "IX_IssueIntents_PublicKeySha256",
                table: "IssueIntents");
        }
    }
}
