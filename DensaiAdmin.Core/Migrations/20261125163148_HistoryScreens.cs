using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class HistoryScreens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_HistoryRecords_UserId_Operation_Sequence",
                table: "HistoryRecords");

            migrationBuilder.AddColumn<long>(
                name: "EndsAt",
                table: "Notices",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Importance",
                table: "Notices",
                type: "TEXT",
                maxLength: 20,
                nullable: false,
                defaultValue: "Normal");

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_UserId_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "At", "Sequence", "UserId", "Operation", "Result" });

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_UserId_At_Sequence_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "UserId", "At", "Sequence", "Operation", "Result" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_UserId_Operation_Result",
                table: "HistoryRecords");

            migrationBuilder.DropIndex(
                name: "IX_HistoryRecords_CompanyId_UserId_At_Sequence_Operation_Result",
                table: "HistoryRecords");

            migrationBuilder.DropColumn(
                name: "EndsAt",
                table: "Notices");

            migrationBuilder.DropColumn(
                name: "Importance",
                table: "Notices");

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_UserId_Operation_Sequence",
                table: "HistoryRecords",
                columns: new[] { "UserId", "Operation", "Sequence" });
        }
    }
}
